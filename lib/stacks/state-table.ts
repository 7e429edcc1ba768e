import { RemovalPolicy } from 'aws-cdk-lib';
import {
  AttributeType,
  BillingMode,
  ProjectionType,
  Table,
  TableEncryption,
} from 'aws-cdk-lib/aws-dynamodb';
import { Key } from 'aws-cdk-lib/aws-kms';
import { Construct } from 'constructs';
import type { Flow } from '../config/model.ts';
import { stateTable } from '../state/items.ts';

export interface StateTableProps {
  flow: Flow;
  /** The table goes with the stack. Positions are precious: it otherwise stays, and is protected. */
  removeState: boolean;
}

/** The flow’s progress and offset map. */
export class StateTable extends Construct {
  readonly table: Table;

  constructor(scope: Construct, id: string, props: StateTableProps) {
    super(scope, id);
    const { flow, removeState } = props;
    const { partitionKey, sortKey, index } = stateTable;
    const text = (name: string) => ({ name, type: AttributeType.STRING });
    this.table = new Table(this, 'Table', {
      tableName: flow.stateTable,
      partitionKey: text(partitionKey),
      sortKey: text(sortKey),
      billingMode: BillingMode[stateTable.billingMode],
      pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: true },
      ...(flow.kmsKeyArn === undefined
        ? { encryption: TableEncryption.DEFAULT }
        : {
            encryption: TableEncryption.CUSTOMER_MANAGED,
            encryptionKey: Key.fromKeyArn(this, 'Key', flow.kmsKeyArn),
          }),
      deletionProtection: !removeState,
      removalPolicy: removeState ? RemovalPolicy.DESTROY : RemovalPolicy.RETAIN,
    });
    this.table.addLocalSecondaryIndex({
      indexName: index.name,
      sortKey: text(index.sortKey),
      projectionType: ProjectionType[index.projection],
    });
  }
}
